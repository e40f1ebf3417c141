import { MOST_PINS, type OffersView } from './offers-url.ts';

/** A pin put or taken back; beyond four, nothing changes. */
export function withPin(view: OffersView, id: number): OffersView {
  const pins = view.pins.includes(id)
    ? view.pins.filter((one) => one !== id)
    : view.pins.length < MOST_PINS
      ? [...view.pins, id]
      : view.pins;
  return { ...view, pins, compare: view.compare && pins.length > 1 };
}
