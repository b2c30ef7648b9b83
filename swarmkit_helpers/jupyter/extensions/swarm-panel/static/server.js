// Requests to the practicum's part of Jupyter's server, with the token and the XSRF cookie that JupyterLab has.

const RETRY_MILLISECONDS = 2000; // after the server has not answered

export async function connect(use) {
  const { ServerConnection } = await use('@jupyterlab/services');
  const { URLExt } = await use('@jupyterlab/coreutils');
  const settings = ServerConnection.makeSettings();

  // The decoded answer; with a body the request is a POST.
  const ask = async (path, body) => {
    const url = URLExt.join(settings.baseUrl, 'swarmlab/panel', path);
    const how = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const answer = await ServerConnection.makeRequest(url, how, settings);
    if (!answer.ok) throw new ServerConnection.ResponseError(answer);
    return answer.json();
  };

  const pause = () => new Promise(wake => setTimeout(wake, RETRY_MILLISECONDS));
  const askUntilAnswered = async path => {
    for (;;) {
      try {
        return await ask(path);
      } catch {
        await pause();
      }
    }
  };

  // One question is always open at the server: it is answered when the state changes.
  const followers = new Set();
  let latest = null;
  const tell = state => {
    latest = state;
    for (const follower of followers) follower(state);
  };
  const keepAsking = async () => {
    for (let number = -1; ;) {
      try {
        const state = await ask(`state?after=${number}`);
        if (state.number !== number || latest?.away) tell(state);
        number = state.number;
      } catch {
        number = -1; // it may be another server by now, which counts from the beginning
        if (latest) tell({ ...latest, away: true });
        await pause();
      }
    }
  };
  keepAsking();

  return {
    ask,
    texts: askUntilAnswered('texts'),
    // Call the follower with each state from now on, with the present one at once; the result ends that.
    follow: follower => {
      followers.add(follower);
      if (latest) follower(latest);
      return () => followers.delete(follower);
    },
  };
}
