import { MARKETS } from '#shared/model/offers.ts';
import { EMPTY_FORM, type NewJobForm } from './new-job-form.ts';
import { EMPTY_RENTAL } from './rental-form.ts';

/** The form for a job on the offer that a link names (`?offer=501&market=demo&model=llama3.1:8b`); null for no offer. */
export function offeredForm(query: URLSearchParams): NewJobForm | null {
  const text = query.get('offer') ?? '';
  const offerId = Number(text);
  if (!/^\d{1,15}$/.test(text) || offerId === 0) return null;
  const market = MARKETS.find((one) => one === query.get('market')) ?? 'vastai';
  const model = (query.get('model') ?? '').slice(0, 128);
  return {
    ...EMPTY_FORM,
    kind: 'benchmark',
    rental: { ...EMPTY_RENTAL, offerId },
    backendUrl: '',
    // Machines of the demo market have the demo's models, whichever real one they were judged by.
    ...(market === 'demo'
      ? { backendType: 'demo', model: model.startsWith('demo') ? model : 'demo' }
      : { backendType: 'ollama', model }),
  };
}
