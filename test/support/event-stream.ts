/** The `next` events of a subscription over server-sent events, for as long as somebody reads. */
export const readEventStream = async function* <Data>(response: Response): AsyncGenerator<Data, void, undefined> {
  if (response.body === null) throw new Error('The response has no body');
  const reader = response.body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += value;
      const blocks = rest.split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        if (/^event: complete/m.test(block)) return;
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (/^event: next/m.test(block) && data !== undefined) yield JSON.parse(data) as Data;
      }
    }
  } finally {
    await reader.cancel();
  }
};
