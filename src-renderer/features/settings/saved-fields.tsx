import { NumberInput, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { Parsed } from '#renderer/widgets/amount.ts';

/** A draft of what is saved; the saved value replaces it whenever that changes. */
function useDraft<T>(saved: T): readonly [T, (draft: T) => void] {
  const [draft, setDraft] = useState(saved);
  const [seen, setSeen] = useState(saved);
  if (seen !== saved) {
    setSeen(saved);
    setDraft(saved);
  }
  return [draft, setDraft];
}

/** A number that is saved when it is left, and only when it changed. */
export function SavedNumber(props: {
  readonly label: string;
  readonly description: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly suffix?: string;
  readonly decimals?: boolean;
  readonly onSave: (value: number) => void;
}): ReactNode {
  const { value, onSave } = props;
  const [draft, setDraft] = useDraft<number | string>(value);
  const save = (): void => {
    if (typeof draft === 'number' && draft !== value) onSave(draft);
    else if (typeof draft !== 'number') setDraft(value);
  };
  return (
    <NumberInput
      label={props.label}
      description={props.description}
      value={draft}
      min={props.min}
      max={props.max}
      step={props.step ?? 1}
      allowDecimal={props.decimals === true}
      clampBehavior="blur"
      suffix={props.suffix ?? ''}
      onChange={setDraft}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === 'Enter') save();
      }}
    />
  );
}

/** Text that is saved when it is left. What is wrong with it is said below it, and stays as typed until it is right. */
export function SavedText<T>(props: {
  readonly label: string;
  readonly description: string;
  readonly value: T;
  /** The value as it stands in the field. */
  readonly show: (value: T) => string;
  readonly placeholder: string;
  readonly unit?: string;
  readonly parse: (typed: string) => Parsed<T>;
  readonly onSave: (value: T) => void;
}): ReactNode {
  const saved = props.show(props.value);
  const [draft, setDraft] = useDraft(saved);
  const [problem, setProblem] = useState<string | null>(null);
  const save = (): void => {
    const parsed = props.parse(draft);
    if ('problem' in parsed) {
      setProblem(parsed.problem);
      return;
    }
    setDraft(props.show(parsed.value));
    if (props.show(parsed.value) !== saved) props.onSave(parsed.value);
  };
  return (
    <TextInput
      label={props.label}
      description={props.description}
      placeholder={props.placeholder}
      value={draft}
      error={problem}
      autoComplete="off"
      spellCheck={false}
      leftSection={props.unit === undefined ? undefined : <span className="faint">{props.unit}</span>}
      onChange={(event) => {
        setDraft(event.currentTarget.value);
        setProblem(null);
      }}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === 'Enter') save();
      }}
    />
  );
}
