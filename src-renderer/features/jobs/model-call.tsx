import type { ReactNode } from 'react';
import { z } from 'zod';
import { Figure } from '#renderer/widgets/figure.tsx';
import { formatCount, formatDuration, formatDurationExact, formatRate } from '#shared/lib/format.ts';
import type { ModelCallFigures } from '#shared/model/model-call.ts';
import type { AttributeValue } from '#shared/model/span.ts';
import styles from './job-page.module.css';

const measured = z.enum(['server', 'client', 'derived']);
const count = z.number().nullable();
/** A store may hold anything under this name. */
const figures: z.ZodType<ModelCallFigures> = z.object({
  input_tokens: count,
  output_tokens: count,
  tokens_source: measured.nullable(),
  time_to_first_token_ms: count,
  output_tokens_per_second: count,
  prompt_tokens_per_second: count,
  speed_source: measured.nullable(),
  server_total_ms: count.optional(),
  phases: z
    .array(
      z.object({
        phase: z.enum(['load', 'prompt_eval', 'first_token', 'generation', 'other']),
        ms: z.number(),
        source: measured,
      }),
    )
    .max(64),
});

const PHASES = {
  load: 'load',
  prompt_eval: 'prompt evaluation',
  first_token: 'first token',
  generation: 'generation',
  other: 'other',
} as const;
const WHO = {
  server: 'Measured by the server that ran the model',
  client: 'Measured by this app’s clock',
  derived: 'Computed from measured figures',
} as const;
type Who = keyof typeof WHO | null;

/** The anatomy of a model call, each figure with who measured it. */
export function ModelCall(props: { readonly value: AttributeValue }): ReactNode {
  const parsed = figures.safeParse(props.value);
  if (!parsed.success) return null;
  const call = parsed.data;
  return (
    <section>
      <h3 className="dim">Model call</h3>
      <table className={styles.call}>
        <tbody>
          {call.phases.map((phase) => (
            <Line key={phase.phase} name={PHASES[phase.phase]} who={phase.source}>
              <Figure text={formatDuration(phase.ms)} exact={formatDurationExact(phase.ms)} />
            </Line>
          ))}
          <Line name="time to first token" who={call.time_to_first_token_ms === null ? null : 'client'}>
            <Figure
              text={formatDuration(call.time_to_first_token_ms)}
              exact={formatDurationExact(call.time_to_first_token_ms)}
              unknown="The answer was not streamed"
            />
          </Line>
          {typeof call.server_total_ms === 'number' && (
            <Line name="whole call" who="server">
              <Figure
                text={formatDuration(call.server_total_ms)}
                exact={formatDurationExact(call.server_total_ms)}
              />
            </Line>
          )}
          <Line name="tokens in" who={call.tokens_source}>
            <Figure text={formatCount(call.input_tokens)} unknown="Nobody counted" />
          </Line>
          <Line name="tokens out" who={call.tokens_source}>
            <Figure text={formatCount(call.output_tokens)} unknown="Nobody counted" />
          </Line>
          <Line name="prompt speed" who={call.speed_source}>
            <Figure text={formatRate(call.prompt_tokens_per_second, 'tok/s')} unknown="Not known" />
          </Line>
          <Line name="generation speed" who={call.speed_source}>
            <Figure text={formatRate(call.output_tokens_per_second, 'tok/s')} unknown="Not known" />
          </Line>
        </tbody>
      </table>
    </section>
  );
}

function Line(props: { readonly name: string; readonly who: Who; readonly children: ReactNode }): ReactNode {
  return (
    <tr>
      <th scope="row">{props.name}</th>
      <td>{props.children}</td>
      <td className="dim" title={props.who === null ? undefined : WHO[props.who]}>
        {props.who}
      </td>
    </tr>
  );
}
