// Sends files for one document and reports the progress. Small ones go in one request; a large one in
// parts that can be sent again, so a broken line costs one part at most.
//
// Whole:  POST action, multipart, the form's fields and `file`            → {id, number, …}
// Parts:  POST parts, form {name, size}                                   → {id, part_bytes, parts}
//         PUT  parts/{id}/parts/{n}, the bytes, until all are there
//         POST action, multipart, the form's fields and `upload` = id     → {id, number, …}
import { forgeryToken } from "./forgery.js";

const WHOLE_UP_TO_BYTES = 64 * 1024 * 1024;
const TRIES = 4;
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
      // The database is away, but the file is kept: sending it again would only tell the same.
      else if (xhr.response?.code === "kept") resolve({ kept: xhr.response.detail });
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

async function sendParts(file, address, progress) {
  const opening = new URLSearchParams({ name: file.name, size: file.size });
  const form = { "Content-Type": "application/x-www-form-urlencoded" };
  const upload = await again(() => request("POST", address, opening, form, () => {}));
  const bytes = { "Content-Type": "application/octet-stream" };
  for (let part = 0, start = 0; start < file.size; part += 1, start += upload.part_bytes) {
    const piece = file.slice(start, start + upload.part_bytes);
    const place = `${address}/${upload.id}/parts/${part}`;
    await again(() => request("PUT", place, piece, bytes, (sent) => progress(start + sent)));
  }
  return upload.id;
}

export async function send(files, { action, parts, fields }, progress) {
  const body = new FormData();
  Object.entries(fields).forEach(([name, value]) => body.append(name, value));
  if (parts && files.length === 1 && files[0].size > WHOLE_UP_TO_BYTES) {
    body.append("upload", await sendParts(files[0], parts, progress));
  } else {
    files.forEach((file) => body.append("file", file, file.name));
  }
  return again(() => request("POST", action, body, {}, progress));
}
