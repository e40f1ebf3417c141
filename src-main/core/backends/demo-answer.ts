import { createHash } from 'node:crypto';

interface Topic {
  readonly about: RegExp;
  readonly findings: readonly string[];
  readonly advice: readonly string[];
}

const TOPICS: readonly Topic[] = [
  {
    about: /kube|cluster|pod|deploy|node|container|helm|unhealthy|crash/i,
    findings: [
      'Two pods of the deployment checkout restart in a loop: the container ends with exit code 137, which means that it ran into its memory limit.',
      'One node reports disk pressure, and the scheduler has moved three pods away from it in the last hour.',
      'The deployment search waits for an image that its registry does not have, so one replica stays in ImagePullBackOff.',
    ],
    advice: [
      'Raise the memory limit from 256Mi to 512Mi, roll the deployment out again and watch the restart count.',
      'Clear unused images on that node, then compare its eviction threshold with the others.',
      'Check the image tag against the last release and roll back while it is corrected.',
    ],
  },
  {
    about: /cost|price|spend|budget|expens|gpu|rent/i,
    findings: [
      'Most of the cost is idle time: the GPU is busy for about a third of the hours that are paid.',
      'Two thirds of the spend go to one model, although a smaller one answers the same questions within a few seconds.',
    ],
    advice: [
      'Group the runs, so that one rental serves several of them, and end it as soon as the queue is empty.',
      'Run the comparison on the smaller model first and keep the large one for the questions that it alone answers.',
    ],
  },
  {
    about: /secur|attack|vulnerab|breach|exploit|threat/i,
    findings: [
      'One service account may read every secret of the namespace, which is more than its workload needs.',
      'The ingress accepts an old protocol version, and two images carry libraries with published weaknesses.',
    ],
    advice: [
      'Give the service account a role of its own and rotate the secrets that it could read.',
      'Switch the old protocol off and rebuild both images from a current base.',
    ],
  },
];

const GENERAL: Topic = {
  about: /./,
  findings: [
    'The short form: the first step takes most of the time, and the steps after it depend on what it finds.',
    'There are two parts to this: what is known for certain, and what can only be settled by trying it.',
    'The evidence points one way, but it rests on few observations, so it should be read with care.',
  ],
  advice: [
    'Measure the first step alone, change one thing, and measure it again before you draw a conclusion.',
    'Write the certain part down, then try the other one on a small scale where a mistake costs little.',
    'Collect a few more runs under the same conditions and compare the medians rather than single values.',
  ],
};

/** The demo's answer: the same question always gets the same text, on the question's subject. */
export function demoAnswer(question: string): string {
  const digest = createHash('sha256').update(question).digest();
  const topic = TOPICS.find(({ about }) => about.test(question)) ?? GENERAL;
  // The advice belongs to the finding of the same place.
  const index = (digest[0] ?? 0) % topic.findings.length;
  const whole = question.replaceAll(/\s+/g, ' ').trim();
  const asked = whole.length > 160 ? `${whole.slice(0, 159)}…` : whole;
  return [
    asked === '' ? 'No question was asked.' : `You asked: "${asked}"`,
    topic.findings[index] ?? '',
    topic.advice[index] ?? '',
    'This answer was composed by the built-in demo backend: it looks at nothing outside this app, so treat it as an example, not as a finding.',
  ].join(' ');
}

/** About what a tokeniser would count: one token per word and one more per four further letters. */
export const demoTokens = (text: string): number =>
  text.split(/\s+/).reduce((sum, word) => sum + (word === '' ? 0 : Math.ceil(word.length / 5)), 0);
