// Server-sent events, as far as their data goes: https://html.spec.whatwg.org/multipage/server-sent-events.html

/** The data of each event of a stream, in order. What comes after the last blank line is no event yet, but counts here. */
export const eventData = (stream: string): string[] => {
  const events: string[] = [];
  let data: string | null = null;
  for (const line of stream.split(/\r\n|\r|\n/)) {
    if (line === '') {
      if (data !== null) events.push(data);
      data = null;
    } else if (line === 'data' || line.startsWith('data:')) {
      const value = line.slice(5);
      const text = value.startsWith(' ') ? value.slice(1) : value;
      data = data === null ? text : `${data}\n${text}`;
    }
  }
  if (data !== null) events.push(data);
  return events;
};
