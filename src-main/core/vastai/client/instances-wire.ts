import { z } from 'zod';
import type { Instance } from '../seams.ts';
import { asId, asNumber, asText, type WireRecord } from './wire.ts';

/** What decides about a rental must be readable; the rest may be missing. */
const instanceShape = z.looseObject({
  id: z.unknown().transform(asId).pipe(z.number()),
  label: z.string().nullish(),
});

const binding = z.looseObject({ HostPort: z.union([z.string(), z.number()]) });

/** Null where it cannot be told which instance it is. */
export function readInstance(given: unknown): Instance | null {
  const parsed = instanceShape.safeParse(given);
  if (!parsed.success) return null;
  const wire: WireRecord & { readonly id: number } = parsed.data;
  return {
    id: wire.id,
    label: asText(wire.label, 1024),
    actual_status: asText(wire.actual_status, 64),
    intended_status: asText(wire.intended_status, 64),
    status_msg: asText(wire.status_msg, 2000),
    public_ipaddr: asAddress(wire.public_ipaddr),
    ports: portsOf(wire.ports),
    machine_id: asId(wire.machine_id),
    host_id: asId(wire.host_id),
    gpu_name: asText(wire.gpu_name, 128),
    num_gpus: asId(wire.num_gpus),
    dph_total: positive(wire.dph_total),
    start_date: positive(wire.start_date),
  };
}

function positive(value: unknown): number | null {
  const number = asNumber(value);
  return number !== null && number > 0 ? number : null;
}

/** It becomes a part of the backend's URL, where nothing but a host may stand. */
function asAddress(value: unknown): string | null {
  const address = asText(value, 256);
  return address !== null && /^[A-Za-z0-9.:-]+$/.test(address) ? address : null;
}

const asPort = (value: unknown): number | null => {
  const port = asId(value);
  return port !== null && port < 65_536 ? port : null;
};

/** A map as Docker has it, or a list of ports that are the same outside. Anything else says nothing. */
function portsOf(value: unknown): ReadonlyMap<number, number> {
  const ports = new Map<number, number>();
  if (Array.isArray(value)) {
    for (const port of value.map(asPort)) if (port !== null) ports.set(port, port);
  } else if (typeof value === 'object' && value !== null) {
    for (const [inside, bindings] of Object.entries(value)) {
      const port = asPort(/^(\d{1,5})(\/tcp)?$/.exec(inside)?.[1]);
      const list = z.array(z.unknown()).safeParse(bindings);
      for (const one of list.success ? list.data : []) {
        const outside = asPort(binding.safeParse(one).data?.HostPort);
        if (port !== null && outside !== null && !ports.has(port)) ports.set(port, outside);
      }
    }
  }
  return ports;
}
