import { Button, Checkbox, SegmentedControl, Select, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { navigate, useHashQuery } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { isRemote } from '#renderer/client/sources.ts';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { KeyCaps } from '#renderer/widgets/keycaps.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { View } from '#renderer/widgets/view.tsx';
import { formatId } from '#shared/lib/format.ts';
import { JOB_KINDS } from '#shared/model/job.ts';
import { OWN } from '#shared/model/source.ts';
import { AgentField } from './agent-field.tsx';
import { addressOf } from './backend-choice.ts';
import { BackendField } from './backend-field.tsx';
import { ChainField } from './chain-field.tsx';
import { GatePreview } from './gate-preview.tsx';
import { CostFields, TimeFields } from './limit-fields.tsx';
import { ModelField } from './model-field.tsx';
import styles from './new-job.module.css';
import {
  asksAgent,
  EMPTY_FORM,
  fieldProblems,
  formOfJob,
  type NewJobForm,
  requestOf,
} from './new-job-form.ts';
import { refusalOf } from './offer-card.tsx';
import { offeredForm } from './offered-form.ts';
import { PlaceField, RemoteFields } from './place-field.tsx';
import { RentalFields, WhereField } from './rental-fields.tsx';
import { canRent } from './rental-form.ts';
import { RentalModelField } from './rental-model-field.tsx';
import { useCreateJob } from './use-create-job.tsx';
import { useOfferQuote, withQuote } from './use-offer-quote.ts';

const KIND_MEANS: { readonly [K in NewJobForm['kind']]: string } = {
  'agentic-agent': 'Ask one agent one question on an existing backend.',
  benchmark:
    'The same with provisioning around it: how long until the backend is ready, how long the answer takes.',
  'llm-instance': 'Make sure that a backend is there and say where; nothing is asked.',
  'cost-estimate': 'What a job of this length would cost on this computer; nothing is run.',
  chain:
    'Several questions, each to an agent of its own, that build on the answers of others. Steps that need nothing of each other run at the same time.',
};

/** A new job; with `?source=&from=` in the URL, one like that job; with `?offer=`, one on that machine. */
export function NewJobPage(): ReactNode {
  const { orpc } = useApi();
  const [query] = useHashQuery();
  const from = query.get('from');
  const source = query.get('source') ?? OWN;
  const original = useQuery(
    orpc.jobs.get.queryOptions({ input: { source, job_id: from ?? '-' }, enabled: from !== null }),
  );
  const address = addressOf(query.get('backend') ?? '');
  const offered = offeredForm(query);
  const title = <h1>{from === null ? 'New job' : `Edit and re-run ${formatId(from)}`}</h1>;
  if (from !== null && original.data === undefined) {
    return (
      <View title={title}>
        <div className={styles.page}>
          {original.error === null ? (
            <Delayed>Reading the job…</Delayed>
          ) : (
            <FailureNotice
              failure={shownFailure(original.error)}
              what="The job to re-run could not be read."
              onRetry={() => void original.refetch()}
            />
          )}
        </div>
      </View>
    );
  }
  const initial =
    original.data !== undefined && from !== null
      ? formOfJob(original.data, source)
      : (offered ?? {
          ...EMPTY_FORM,
          ...(address === null ? {} : { ...address, model: '' }),
          ...placeOf(query),
        });
  return (
    <View title={title}>
      <div className={styles.page}>
        <NewJobFields
          key={`${from} ${query.get('at')} ${query.get('backend')} ${query.get('market')} ${query.get('offer')}`}
          initial={initial}
        />
      </div>
    </View>
  );
}

/** `?at=remote:<id>`; every other place is this computer. */
function placeOf(query: URLSearchParams): Partial<NewJobForm> {
  const at = query.get('at') ?? OWN;
  return isRemote(at) ? { at } : {};
}

function NewJobFields(props: { readonly initial: NewJobForm }): ReactNode {
  const [form, setForm] = useState(props.initial);
  // Back leads to where the form was opened, not to an empty form.
  const create = useCreateJob((jobId, source) => navigate(paths.job(source, jobId), { replace: true }));
  const failure = create.error === null ? null : shownFailure(create.error);
  const fields = useRef<HTMLFormElement>(null);
  useEffect(() => fields.current?.querySelector('textarea')?.focus(), []);
  useEffect(() => {
    if (create.error === null) return;
    const wrong = fields.current?.querySelector<HTMLElement>(':is(input, textarea)[aria-invalid="true"]');
    if (wrong !== null && wrong !== undefined) wrong.focus();
    else fields.current?.querySelector('[role="alert"]')?.scrollIntoView({ block: 'center' });
  }, [create.error]);
  const refusal = failure?.message ?? '';
  const quote = useOfferQuote(form);
  // The most that an hour may cost is what was quoted, and a little.
  const wanted = withQuote(form, quote);
  const elsewhere = isRemote(form.at);
  const rental = canRent(form.kind) && !elsewhere ? form.rental : null;
  const unrentable =
    rental !== null &&
    rental.offerId !== null &&
    (quote.offer === undefined || refusalOf(quote.offer) !== null);
  const unread = form.kind === 'chain' && form.chain === null;
  const problems = failure === null ? {} : fieldProblems(failure.message);
  const change = (part: Partial<NewJobForm>): void => setForm((now) => ({ ...now, ...part }));
  const submit = async (): Promise<void> => {
    if (unrentable || unread || !(await quote.holds())) return;
    create.create({
      kind: wanted.kind,
      request: requestOf(wanted),
      ...(elsewhere ? { source: form.at } : { tenant_id: wanted.tenant.trim(), collector: wanted.collector }),
    });
  };
  useActions([
    {
      id: 'new.start',
      title: 'Start this job',
      group: 'New job',
      keys: ['mod+enter'],
      inFields: true,
      run: () => void submit(),
    },
  ]);
  const asks = asksAgent(form.kind);
  const isChain = form.kind === 'chain';
  return (
    <form
      ref={fields}
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <div className={styles.group}>
        <span className={styles.label}>Kind</span>
        <SegmentedControl
          aria-label="Kind of job"
          data={[...JOB_KINDS]}
          value={form.kind}
          onChange={(value) => change({ kind: JOB_KINDS.find((one) => one === value) ?? form.kind })}
        />
        <p className="dim">{KIND_MEANS[form.kind]}</p>
      </div>
      <PlaceField form={form} onChange={change} />
      {canRent(form.kind) && !elsewhere && <WhereField form={form} onChange={change} />}
      {rental !== null && (
        <RentalFields form={form} rental={rental} quote={quote} refusal={refusal} onChange={change} />
      )}
      {isChain && <ChainField form={form} onChange={change} />}
      {asks && (
        <Textarea
          label="Question"
          description={
            form.kind === 'benchmark'
              ? 'What the agent is asked. May be empty here.'
              : 'What the agent is asked.'
          }
          autosize
          minRows={4}
          maxRows={14}
          maxLength={100_000}
          value={form.question}
          error={problems.question}
          onChange={(event) => change({ question: event.currentTarget.value })}
        />
      )}
      {elsewhere && form.kind !== 'cost-estimate' && (
        <RemoteFields form={form} problems={problems} onChange={change} />
      )}
      {asks && !elsewhere && (
        <AgentField agent={form.agent} problem={problems.agent} onChange={(agent) => change({ agent })} />
      )}
      {form.kind !== 'cost-estimate' && rental === null && !elsewhere && (
        <BackendField
          address={form}
          problem={problems.backendUrl ?? problems.backendType}
          onChange={({ backendType, backendUrl }, model) =>
            change({ backendType, backendUrl, ...(model === null ? {} : { model }) })
          }
        />
      )}
      {(asks || isChain) &&
        !elsewhere &&
        (rental !== null && form.backendType !== 'demo' ? (
          <RentalModelField
            model={form.model}
            problem={problems.model}
            onChange={(model) => change({ model })}
          />
        ) : (
          <ModelField
            address={form}
            model={form.model}
            problem={problems.model}
            onChange={(model) => change({ model })}
          />
        ))}
      {form.kind === 'cost-estimate' && <CostFields form={form} problems={problems} onChange={change} />}
      {!elsewhere && (
        <div className={styles.pair}>
          <TextInput
            label="Tenant"
            description="Who the job belongs to; part of its archive key."
            value={form.tenant}
            error={problems.tenant}
            maxLength={64}
            onChange={(event) => change({ tenant: event.currentTarget.value })}
          />
          <Select
            label="Spans"
            description="Where the job's spans go."
            allowDeselect={false}
            data={[
              { value: 'sqlite', label: 'Kept in the store' },
              { value: 'memory', label: 'In memory only, gone afterwards' },
              { value: 'null', label: 'Not recorded' },
            ]}
            value={form.collector}
            onChange={(value) =>
              change({ collector: value === 'memory' || value === 'null' ? value : 'sqlite' })
            }
          />
        </div>
      )}
      {(asks || isChain) && <TimeFields form={form} problems={problems} onChange={change} />}
      {(form.kind === 'benchmark' || isChain) && (
        <Checkbox
          label="Attestation required"
          description="Refuse to run on a backend that cannot attest itself."
          checked={form.attestation}
          onChange={(event) => change({ attestation: event.currentTarget.checked })}
        />
      )}
      {Object.keys(form.others).length > 0 && (
        <p className="dim">
          Sent along unchanged: <code>{Object.keys(form.others).join(', ')}</code>
        </p>
      )}
      {failure !== null && <FailureNotice failure={failure} what="The job was not created." />}
      <div className={styles.submit}>
        {elsewhere ? (
          <p className="faint">
            What it may cost is for the remote to say: its own gate asks before it runs.
          </p>
        ) : (
          form.kind !== 'cost-estimate' && <GatePreview form={wanted} />
        )}
        <div className={styles.start}>
          <Button type="submit" size="sm" loading={create.busy} disabled={unrentable || unread}>
            Start job
          </Button>
          <KeyCaps binding="mod+enter" />
        </div>
      </div>
      {create.dialog}
    </form>
  );
}
