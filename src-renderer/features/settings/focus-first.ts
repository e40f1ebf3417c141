/** As a form's `ref`: what was asked for opens with the caret in its first field. */
export const focusFirst = (form: HTMLFormElement | null): void => form?.querySelector('input')?.focus();
