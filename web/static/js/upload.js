// Sends one file and reports its progress. Small files go in one request; large ones in parts that
// can be sent again from where the server stands, so a broken line costs one part at most.
//
// Whole:  POST action, multipart, the form's fields and `file`           → {id, number, …}
// Parts:  POST parts {name, size, …fields}                               → {upload, offset}
//         PUT  parts/{upload}, Content-Range: bytes a-b/size, the bytes  → {offset}, then {id, number, …}
//         GET  parts/{upload}                                            → {offset}
import { forgeryToken } from "./forgery.js";

const WHOLE_UP_TO_BYTES = 64 * 1024 * 1024;
const PART_BYTES = 8 * 1024 * 1024;
const TRIES = 5;
const FIRST_WAIT_MS = 800;

export class Refused extends Error {}

function request(method, address, body, headers, progress) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open(method, address);
    xhr.responseType = "json";
    xhr.setRequestHeader("Accept", "application/json");
    xhr.setRequestHeader("X-CSRFToken", forgeryToken());
    xhr.setRequestHeader("X-Requested-With", "fetch");
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = (event) => progress(event.loaded);
    xhr.onerror = () => reject(new Error("network"));
    xhr.onload = () => {
      if (xhr.status < 300) resolve(xhr.response);
      else if (xhr.status >= 500) reject(new Error("server"));
      else reject(new Refused(xhr.response?.detail ?? xhr.statusText));
    };
    xhr.send(body);
  });
}

async function again(act) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act(attempt);
    } catch (error) {
      if (error instanceof Refused || attempt === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS * 2 ** attempt));
    }
  }
}

async function sendParts(file, address, fields, progress) {
  const opening = JSON.stringify({ ...fields, name: file.name, size: file.size });
  const json = { "Content-Type": "application/json" };
  const opened = await again(() => request("POST", address, opening, json, () => {}));
  const place = `${address}/${opened.upload}`;
  let { offset } = opened;
  let answer = opened;
  while (offset < file.size) {
    answer = await again(async (attempt) => {
      if (attempt > 1) offset = (await request("GET", place, null, {}, () => {})).offset;
      const end = Math.min(offset + PART_BYTES, file.size);
      const range = { "Content-Range": `bytes ${offset}-${end - 1}/${file.size}` };
      return request("PUT", place, file.slice(offset, end), range, (sent) => progress(offset + sent));
    });
    offset = answer.offset ?? file.size;
  }
  return answer;
}

export function send(file, { action, parts, fields }, progress) {
  if (parts && file.size > WHOLE_UP_TO_BYTES) return sendParts(file, parts, fields, progress);
  const body = new FormData();
  Object.entries(fields).forEach(([name, value]) => body.append(name, value));
  body.append("file", file, file.name);
  return request("POST", action, body, {}, progress);
}
