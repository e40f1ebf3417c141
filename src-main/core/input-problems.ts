/** A validation issue as the contract's schemas report it. */
interface Issue {
  readonly message: string;
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
}

const isIssues = (value: unknown): value is readonly Issue[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'object' && one !== null && 'message' in one);

/** Of an input that may have several forms: what is wrong with each of them. */
const formsOf = (issue: Issue): readonly (readonly Issue[])[] => {
  const forms = 'errors' in issue ? issue.errors : undefined;
  return Array.isArray(forms) ? forms.filter(isIssues) : [];
};

const isForeign = (issue: Issue): boolean => 'code' in issue && issue.code === 'unrecognized_keys';

/**
 * What is wrong with an input, field by field: `setting.bucket: is no bucket name`. Where it may have several forms,
 * it is that one's whose members it has.
 */
export function inputProblems(issues: readonly Issue[], above: readonly string[] = []): readonly string[] {
  return issues.flatMap((issue) => {
    const path = [
      ...above,
      ...(issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)),
    ];
    const meant = formsOf(issue).find((form) => form.length > 0 && !form.some(isForeign));
    return meant === undefined
      ? [`${path.join('.') || 'input'}: ${issue.message}`]
      : inputProblems(meant, path);
  });
}
