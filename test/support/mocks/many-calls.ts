import { Pool } from 'undici';

export interface Post {
  path: string;
  body: unknown;
  headers?: Record<string, string>;
}

export interface Answered {
  /** null = no answer came. */
  status: number | null;
  text: string;
}

/** Thousands of requests over a few connections that stay open; `fetch` takes ten times as long. Answers are in the order of the requests. */
export async function postAll(
  url: string,
  posts: readonly Post[],
  { connections = 32 }: { connections?: number } = {},
): Promise<Answered[]> {
  const pool = new Pool(url, { connections });
  const answers: Answered[] = [];
  let next = 0;
  const client = async (): Promise<void> => {
    for (let index = next++; index < posts.length; index = next++) {
      const post = posts[index];
      if (post) answers[index] = await send(pool, post);
    }
  };
  await Promise.all(Array.from({ length: connections }, client));
  await pool.close();
  return answers;
}

async function send(pool: Pool, { path, body, headers }: Post): Promise<Answered> {
  try {
    const reply = await pool.request({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { status: reply.statusCode, text: await reply.body.text() };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return { status: null, text: code };
  }
}
