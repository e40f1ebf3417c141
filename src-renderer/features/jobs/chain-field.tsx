import { Button } from '@mantine/core';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { formatCount } from '#shared/lib/format.ts';
import chainStyles from './chain.module.css';
import type { ChainDocument } from './chain-document.ts';
import { ChainDrawing } from './chain-drawing.tsx';
import { CHAIN_EXAMPLE } from './chain-example.ts';
import styles from './chain-field.module.css';
import type { NewJobForm } from './new-job-form.ts';

const LINE_PX = 18;

/** The steps of a chain as text, read while it is written: what is wrong stands at its line, and below how it would run. */
export function ChainField(props: {
  readonly form: Pick<NewJobForm, 'chainText' | 'chain'>;
  readonly onChange: (part: Partial<NewJobForm>) => void;
}): ReactNode {
  const { form, onChange } = props;
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const [top, setTop] = useState(0);
  const read = useReading(form, onChange);
  const lines = form.chainText.split('\n').length;
  const numbers = Array.from({ length: lines }, (_, at) => at + 1);
  const toned = new Map(read?.problems.map(({ line, tone }) => [line, tone]));
  const errors = read?.problems.filter(({ tone }) => tone === 'error').length ?? 0;
  const write = (text: string): void => onChange({ chainText: text, chain: null });
  const goTo = (line: number): void => {
    const element = area.current;
    if (element === null) return;
    const before = form.chainText.split('\n').slice(0, line - 1);
    const start = before.reduce((sum, one) => sum + one.length + 1, 0);
    element.focus();
    element.setSelectionRange(start, start + (form.chainText.split('\n')[line - 1] ?? '').length);
    element.scrollTop = Math.max(0, (line - 4) * LINE_PX);
    element.scrollIntoView({ block: 'nearest' });
  };
  return (
    <div className={styles.field}>
      <div className={styles.head}>
        <label htmlFor={id}>Steps</label>
        <span className="dim" id={`${id}-about`}>
          YAML or JSON: what each step asks, of whom, and which steps it needs. RUNE’s chains.yaml is read,
          too.
        </span>
        {form.chainText !== CHAIN_EXAMPLE && (
          <Button variant="subtle" size="compact-xs" onClick={() => write(CHAIN_EXAMPLE)}>
            {form.chainText.trim() === '' ? 'Insert the example' : 'Replace by the example'}
          </Button>
        )}
      </div>
      <div className={styles.editor} data-invalid={errors > 0}>
        <div
          className={styles.gutter}
          style={{ width: `calc(${Math.max(2, String(lines).length)}ch + 14px)` }}
          aria-hidden="true"
        >
          <div style={{ transform: `translateY(${-top}px)` }}>
            {numbers.map((line) => (
              <div key={line} data-tone={toned.get(line)}>
                {line}
              </div>
            ))}
          </div>
        </div>
        <textarea
          ref={area}
          id={id}
          aria-describedby={`${id}-about ${id}-problems`}
          aria-invalid={errors > 0}
          value={form.chainText}
          rows={Math.min(24, Math.max(10, lines))}
          wrap="off"
          spellCheck={false}
          autoComplete="off"
          maxLength={1_000_000}
          onScroll={(event) => setTop(event.currentTarget.scrollTop)}
          onChange={(event) => write(event.currentTarget.value)}
        />
      </div>
      <ul id={`${id}-problems`} className={styles.problems} aria-live="polite">
        {read?.problems.slice(0, 12).map(({ line, message, tone }) => (
          <li key={`${line} ${message}`} data-tone={tone}>
            <button type="button" onClick={() => goTo(line)}>
              {tone === 'error' ? '✕' : '!'} Line {line}
            </button>{' '}
            {message}
          </li>
        ))}
        {read !== null && read.problems.length > 12 && (
          <li className="dim">and {formatCount(read.problems.length - 12)} more</li>
        )}
      </ul>
      {read !== null && read.nodes.length > 0 && (
        <section className={styles.preview} aria-label="How the steps would run">
          <ChainDrawing state={read}>
            {(node) => (
              <span
                className={chainStyles.step}
                data-plan="true"
                title={`${node.id}, agent ${node.agent_name}`}
              >
                <span className={chainStyles.name}>{node.id}</span>
                <span className={chainStyles.facts}>
                  <span className={chainStyles.agent}>{node.agent_name}</span>
                </span>
              </span>
            )}
          </ChainDrawing>
        </section>
      )}
    </div>
  );
}

/** What the text came to, shortly after it was written; null until then. The reader is fetched with the first text. */
function useReading(
  { chainText }: Pick<NewJobForm, 'chainText'>,
  onChange: (part: Partial<NewJobForm>) => void,
): ChainDocument | null {
  const [read, setRead] = useState<ChainDocument | null>(null);
  const latest = useRef(onChange);
  latest.current = onChange;
  const isFirst = useRef(true);
  useEffect(() => {
    let wanted = true;
    const timer = setTimeout(async () => {
      const { readChain, writeChain } = await import('./chain-document.ts');
      if (!wanted) return;
      const document = readChain(chainText);
      setRead(document);
      // The steps of a job that is run again come as JSON, which is no form to edit long questions in.
      const rewrite = isFirst.current && chainText.startsWith('{') && document.request !== null;
      isFirst.current = false;
      latest.current({
        chain: document.request,
        ...(rewrite && document.request !== null ? { chainText: writeChain(document.request) } : {}),
      });
    }, 150);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [chainText]);
  return read;
}
