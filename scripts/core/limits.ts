// Every limit by which a run is measured and judged, under the headings of docs/measurement.md, which lists them too (a
// test holds the two together). A limit that the plan sets, such as `slo.slowAfter`, is not among them.

// Turns

/** A journey step that has succeeded this often proves that script and plan are right. */
export const PROVEN_AFTER_SUCCESSES = 20;
/** "Sold out" is true of an item that was out at any time from so long before the turn's start. */
export const SOLD_OUT_BEFORE_MS = 1_000;
/** Share of the busy VUs that must hold old turns before dropped arrivals are the target's doing. */
export const HELD_BY_TARGET_RATIO = 0.9;
/** Our own stop ends the load within this time; turns that end badly in it were cut off by us. */
export const STOP_TAKES_MS = 2_000;
/** The death of a child is noticed within this time. */
export const DEATH_NOTICED_WITHIN_MS = 2_000;

// Slices

/** Lengths that a slice may have, shortest first. */
export const SLICE_LENGTHS_MS = [1_000, 2_000, 5_000, 10_000, 60_000] as const;
/** A length will do if the plan expects so many orders in a slice. */
export const EXPECTED_ORDERS = 100;
/** Share of the slices in which it must. */
export const EXPECTED_IN_RATIO = 0.95;
/** The plan's `downAbove` is this at most. */
export const DOWN_ABOVE_AT_MOST_RATIO = 0.99;
/** Below this many valid turns a slice proves nothing. */
export const ENOUGH_TURNS = 20;
/** Bad share of the valid turns above which a slice that is not DOWN is DEGRADED. */
export const DEGRADED_ABOVE_RATIO = 0.01;
/** Quantile up to which chance explains a count. */
export const CHANCE_LEVEL = 0.99;
/** Slices before and after the judged one that are pooled with it when chance could explain its bad turns. */
export const POOLED_EACH_SIDE = 2;

/** Told to come again later, nobody may be served for longer than so many times `slowAfter`. */
export const UNSERVED_SLOW_AFTERS = 2;

// Prober

/** Canaries of a journey in a slice. */
export const CANARIES_A_SLICE = 5;
/** Time between two canaries, at least. */
export const CANARY_EVERY_AT_LEAST_MS = 200;
/** Time between two canaries, at most. */
export const CANARY_EVERY_AT_MOST_MS = 1_000;
/** A canary that starts so far from its schedule did not run. */
export const CANARY_OFF_ABOVE_MS = 100;
/** Share of the scheduled canaries that must have run for the prober to say anything. */
export const CANARIES_RAN_RATIO = 0.8;
/** p99 of the event-loop delay; the median of the readings in a slice counts. */
export const PROBER_DELAY_ABOVE_MS = 50;
/** With so many canaries in a slice their failed share counts. */
export const ENOUGH_CANARIES = 5;
/** Failed share of them from which on the slice is DOWN for the prober. */
export const CANARIES_FAILED_RATIO = 0.5;
/** So many failures of a journey's canary in a row mark their slices, however many canaries a slice has. */
export const FAILURES_IN_A_ROW = 3;

// Together

/** Failed canaries beside orders of the same journey: what is less likely than this is no chance (one-sided). */
export const WITNESS_LEVEL = 0.001;
/** Orders and canaries in one slice differ if that is less likely than this (two-sided). */
export const SLICE_DIFFERS_LEVEL = 0.001;
/** The same over the whole step, */
export const STEP_DIFFERS_LEVEL = 0.001;
/** where their shares are also further apart than so many times `downAbove`. */
export const STEP_DIFFERS_DOWN_ABOVES = 0.5;
/** Of text that the target sent so many characters are kept. */
export const LONGEST_DETAIL = 200;
/** Failed turns that k6 logs of each journey in a second when everything fails at the peak, */
export const LOGGED_PER_SEC = 20;
/** that are kept of one journey in a second, as turns that hung may all end together, */
export const KEPT_PER_SEC = 40;
/** and that are kept of those that failed alike. */
export const KEPT_ALIKE_PER_SEC = 3;
/** Failing exchanges beside an incident, at most. */
export const MOST_EXCHANGES = 5;
/** DOWN slices that open an incident. */
export const OPENS_AFTER_DOWN = 2;
/** Slices neither DOWN nor UNKNOWN that close it. */
export const CLOSES_AFTER_UP = 3;
/** Incidents closer together than this are shown as one; the gap is not charged. */
export const MERGED_BELOW_MS = 30_000;
/** Share of the offered turns that must be good in a recovered slice. */
export const RECOVERED_RATIO = 0.9;
/** Recovered slices in a row from which on the target has recovered. */
export const RECOVERED_SLICES = 3;
/** The next step starts after the target has recovered, so long after the end of the one before at most. */
export const RECOVERED_WITHIN_MS = 60_000;

// Faults and promises

/** What the target did so long after a fault, without having recovered, is still laid to it. */
export const LAID_TO_FAULT_MS = 60_000;
/** Nothing is said of a fault if more than this share of its time is UNKNOWN. */
export const UNKNOWN_AT_MOST_RATIO = 0.5;
/** So much time before a fault says what is usual. */
export const USUAL_MS = 60_000;
/** A share of the turns up to this is not called a change. */
export const CHANGED_ABOVE_RATIO = 0.01;
/** Right answers are clearly slower if their mean is so many times what it was, */
export const SLOWER_TIMES = 1.5;
/** and by so much. */
export const SLOWER_BY_MS = 100;

// How orders end, repeats, parts

/** Requests are told over time in pieces of a slice, but of this length at least. */
export const SHORTEST_BUCKET_MS = 5_000;
/** Amplification from which on repeats are worth a word. */
export const AMPLIFIED_FROM = 1.1;

// The target's own limit

/** Goodput ÷ limit that is a plateau. */
export const PLATEAU_RATIO = 0.9;
/** Goodput is judged over so much time, at least. */
export const SHORTEST_GOODPUT_MS = 10_000;
/** Goodput is judged over so many slices, at least. */
export const FEWEST_GOODPUT_SLICES = 3;

// Generator health

/** Share of the planned orders by which starts may differ from the plan, */
export const STARTS_DIFFER_RATIO = 0.01;
/** or so many orders. */
export const STARTS_DIFFER_ORDERS = 3;
/** Starts may trail the plan by this much in sum. */
export const STARTS_TRAIL_MS = 200;
/** Readings are taken together over this time. */
export const READINGS_OVER_MS = 5_000;
/** Readings that there must be in this time, */
export const FEWEST_READINGS = 4;
/** and the share of it that they must cover. */
export const READINGS_COVERED_RATIO = 0.6;
/** CPU of k6 ÷ cores that it may use. */
export const CPU_ABOVE_RATIO = 0.8;
/** Time that k6 waited for a core ÷ length of the slice. */
export const WAITED_ABOVE_RATIO = 0.1;
/** Left out of each time that a thread got a core: what waking up costs, and k6 tells time in whole ms. */
export const UNSEEN_WAIT_MS = 1;
/** Share of a slice that these readings must cover to say something of it. */
export const WAITED_COVERED_RATIO = 0.5;
/** p99 of the mocks’ event-loop delay in one second; the median over the time of readings counts. */
export const MOCKS_DELAY_ABOVE_MS = 50;
/** One such delay of mocks or prober, or step of the clock under a canary, that is a standstill by itself. */
export const STALL_ABOVE_MS = 500;
/** Mocks and prober report once a second; a longer silence than this is a standstill. */
export const SILENCE_ABOVE_MS = 2_500;
/** Injected latency is looked at with so many hits. */
export const LATENCY_HITS = 20;
/** Share by which its median may be off, */
export const LATENCY_OFF_RATIO = 0.1;
/** or so much. */
export const LATENCY_OFF_MS = 5;
/** k6 pushes every second; a longer silence than this may hide a lost push. */
export const PUSH_GAP_ABOVE_MS = 2_500;
/** The wall clock may part from the monotonic one by this much. */
export const CLOCK_STEP_ABOVE_MS = 500;

// Verdict

/** Share of the turns that may be answered as if script or plan were wrong. */
export const HARNESS_ABOVE_RATIO = 0.001;
/** Share within which independent sums must agree, */
export const TOTALS_WITHIN_RATIO = 0.001;
/** or so many orders. */
export const TOTALS_WITHIN_ORDERS = 3;
/** Slices whose load evidence may be unhealthy, */
export const UNHEALTHY_SLICES = 3;
/** or share of all slices. */
export const UNHEALTHY_RATIO = 0.02;
/** Time around the highest planned rate that may be unhealthy. */
export const UNHEALTHY_AT_PEAK_MS = 3_000;
/** The rate is smoothed over so many seconds to find its highest. */
export const PEAK_SMOOTHED_SEC = 5;
/** How far that time reaches to each side. */
export const PEAK_EACH_SIDE_MS = 30_000;
/** A pass needs so much measured time. */
export const SHORTEST_MEASURED_MS = 60_000;
/** A pass needs so many slices. */
export const FEWEST_SLICES = 10;
/** A last piece of a minute that is shorter is judged with the minute before it. */
export const SHORTEST_MINUTE_MS = 30_000;
/** Share of the slices that must have evidence. */
export const EVIDENCE_RATIO = 0.99;
/** Share of the slices that canaries must have witnessed. */
export const WITNESSED_RATIO = 0.95;
/** Share of the slices in which load and prober may disagree. */
export const DISAGREEMENT_RATIO = 0.05;
/** Confidence of the bound that says what a pass is worth. */
export const WORTH_CONFIDENCE = 0.95;
/** Length that it assumes of an outage, at least. */
export const SHORTEST_OUTAGE_MS = 60_000;

// Leniency

/** `downAbove` above this is lenient. */
export const LENIENT_DOWN_ABOVE_RATIO = 0.05;
/** `slowAfter` above this is. */
export const LENIENT_SLOW_AFTER_MS = 3_000;
/** `patience` above this is. */
export const LENIENT_PATIENCE_MS = 30_000;
/** Share of the window that may be down; above this it is. */
export const LENIENT_ALLOWANCE_RATIO = 0.5;
/** `mustHold` below this multiple is. */
export const LENIENT_MUST_HOLD = 3;
/** A step that measures less is. */
export const LENIENT_MEASURED_MS = 600_000;
/** `settle` below this is. */
export const LENIENT_SETTLE_MS = 30_000;
/** `probe.every` above this is. */
export const LENIENT_PROBE_EVERY_MS = 1_000;
/** Share of a step in which a café is closed or out of stock by plan; above this it is. */
export const LENIENT_SHORTAGE_RATIO = 0.1;
