import { type ReactNode, useEffect, useState } from 'react';
import type { Milliseconds } from '#shared/model/units.ts';

/** Shows its children only when they are still wanted after 150 ms: no flash for what is quick. */
export function Delayed(props: { readonly after?: Milliseconds; readonly children: ReactNode }): ReactNode {
  const { after = 150 } = props;
  const [due, setDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), after);
    return () => clearTimeout(timer);
  }, [after]);
  return due ? props.children : null;
}
