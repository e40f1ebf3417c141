import { describe, expect, it } from 'vitest';
import { hostRows, machineRows, sortMachines } from './machine-rows.ts';
import { madeMachine } from './testing.ts';

describe('machines by host', () => {
  it('add up what was rented and lost, and take the middle of what was measured', () => {
    const [host, ...more] = hostRows([
      madeMachine({ machine_id: 1, host_id: 9, rentals: 3, failed: 1, usd: 1, boot_s: 40, last_at: 5 }),
      madeMachine({ machine_id: 2, host_id: 9, rentals: 1, failed: 1, usd: 0.5, boot_s: 80, last_at: 9 }),
      madeMachine({ machine_id: 3, host_id: null }),
    ]);
    expect(more).toEqual([]);
    expect(host).toMatchObject({ host_id: 9, machine_id: null, machines: 2, rentals: 4, failed: 2 });
    expect(host).toMatchObject({ usd: 1.5, boot_s: 60, last_at: 9 });
  });

  it('compare no line that was measured with one that was only promised', () => {
    const [host] = hostRows([
      madeMachine({ machine_id: 1, host_id: 9, download_mbps: 100, promised_mbps: 200 }),
      madeMachine({ machine_id: 2, host_id: 9, download_mbps: null, promised_mbps: 9000 }),
    ]);
    expect(host).toMatchObject({ download_mbps: 100, promised_mbps: 200 });
  });

  it('have no one speed where they ran different models, and none of the same id on another market', () => {
    const hosts = hostRows([
      madeMachine({ machine_id: 1, host_id: 9, model: 'a', tokens_per_s: 10 }),
      madeMachine({ machine_id: 2, host_id: 9, model: 'b', tokens_per_s: 90 }),
      madeMachine({ machine_id: 3, host_id: 9, market: 'vastai' }),
    ]);
    expect(hosts.map(({ market, tokens_per_s }) => [market, tokens_per_s])).toEqual([
      ['demo', null],
      ['vastai', 52],
    ]);
  });
});

describe('an order of machines', () => {
  it('puts what is not known last, whichever way', () => {
    const rows = machineRows([
      madeMachine({ machine_id: 1, download_mbps: null }),
      madeMachine({ machine_id: 2, download_mbps: 100, promised_mbps: 1000 }),
      madeMachine({ machine_id: 3, download_mbps: 90, promised_mbps: 100 }),
    ]);
    const ids = (desc: boolean) =>
      sortMachines(rows, { by: 'download', desc }).map(({ machine_id }) => machine_id);
    expect(ids(true)).toEqual([3, 2, 1]);
    expect(ids(false)).toEqual([2, 3, 1]);
  });
});
