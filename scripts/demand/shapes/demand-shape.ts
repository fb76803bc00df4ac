/** Demand in closed form. Offsets are ms from the window's start, within it. */
export interface DemandShape {
  /** Right-hand limit, except at the window's end, where it is the left-hand one. */
  ratePerSecAt: (offsetMs: number) => number;
  /** Orders from the window's start up to the offset. */
  ordersBefore: (offsetMs: number) => number;
}
