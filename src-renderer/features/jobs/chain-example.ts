/** A chain that runs on the demo backend, and shows what a document may hold. */
export const CHAIN_EXAMPLE = `name: crash-loop
# Values for the questions.
context:
  pod: checkout-7c9d
  namespace: shop
steps:
  - name: symptoms
    agent: prompt
    question_template: Pod {pod} in namespace {namespace} is in CrashLoopBackOff. What would you look at first?
  - name: causes
    agent: prompt
    dependencies: [symptoms]
    # The answer of a step that this one depends on stands for its name.
    question_template: |
      These are the symptoms:
      {symptoms}
      Name the three most likely causes.
  - name: risks
    agent: prompt
    dependencies: [symptoms]
    question_template: What else in {namespace} may break next? {symptoms}
  - name: plan
    agent: prompt
    dependencies: [causes, risks]
    question_template: Write a plan for the next hour. {causes} {risks}
`;
