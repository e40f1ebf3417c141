import type { Logger } from '#core/ports/ports.ts';
import type { Db } from '#core/store/database.ts';
import type { Usd } from '#shared/model/units.ts';

interface Rented {
  readonly rental_id: string;
  readonly market: string;
  readonly state: string;
  readonly job_id: string;
  readonly contract_id: number | null;
  readonly gpu_name: string;
  readonly usd_hour: Usd;
  readonly ended_because: string | null;
}

/** Every state of the ledger but those that it passes through by the way. */
const EVENTS = {
  intent: ['rental.intended', 'is about to be rented'],
  created: ['rental.created', 'is rented'],
  running: ['rental.running', 'runs'],
  ready: ['rental.ready', 'answers'],
  kept: ['rental.kept', 'is kept for the next job'],
  closing: ['rental.closing', 'is to be destroyed'],
  gone: ['rental.gone', 'was seen gone'],
  refused: ['rental.refused', 'was not rented'],
} as const;
type Told = keyof typeof EVENTS;
const isTold = (state: string): state is Told => state in EVENTS;

/**
 * Says what becomes of each rental, whoever writes it into the ledger: the table itself tells, through a trigger that
 * only this connection has. Said when the transaction is over, of what it has left there.
 */
export function tellOfRentals(db: Db, logger: Logger): void {
  const row = db.prepare<[string], Rented>(
    'SELECT rental_id, market, state, job_id, contract_id, gpu_name, usd_hour, ended_because FROM rs_rental WHERE rental_id = ?',
  );
  const changed: { readonly rentalId: string; readonly state: string }[] = [];
  const tell = (): void => {
    for (const { rentalId, state } of changed.splice(0)) {
      const rented = db.open ? row.get(rentalId) : undefined;
      if (rented === undefined || !isTold(state)) continue;
      const [event, words] = EVENTS[state];
      const { market, contract_id, gpu_name, usd_hour, ended_because } = rented;
      const what =
        contract_id === null ? `An instance (${gpu_name})` : `Instance ${contract_id} (${gpu_name})`;
      const isEnding = state === 'closing' || state === 'gone' || state === 'refused';
      logger.log({
        level: 'info',
        event,
        message: `${what} ${words}${isEnding && ended_because !== null ? `: ${ended_because}` : ''}.`,
        job_id: rented.job_id,
        fields: { rental_id: rentalId, market, contract_id, gpu_name, usd_hour },
      });
    }
  };
  db.function('rs_tell_rental', (rentalId: unknown, state: unknown) => {
    if (changed.length === 0) setImmediate(tell);
    changed.push({ rentalId: String(rentalId), state: String(state) });
    return null;
  });
  db.exec(`
    CREATE TEMP TRIGGER rs_rental_made AFTER INSERT ON main.rs_rental
    BEGIN SELECT rs_tell_rental(new.rental_id, new.state); END;
    CREATE TEMP TRIGGER rs_rental_moved AFTER UPDATE OF state ON main.rs_rental WHEN new.state IS NOT old.state
    BEGIN SELECT rs_tell_rental(new.rental_id, new.state); END;
  `);
}
