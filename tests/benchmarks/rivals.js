/**
 * The rivals that tests/bench.py compares the kernel with, in the page: the same arithmetic in plain JavaScript,
 * onnxruntime-web, and the limits of the browser. `measure(contender, workload)` returns milliseconds a call.
 */
const H = 500;
const OUT = 121;
const POINTS = 500; // of t-SNE
const ITERATIONS = 1000;

const random = (n, scale) => Float32Array.from({ length: n }, () => (Math.random() - 0.5) * scale);

/** One step and the head for `pens` pens; loops over rows of the weights, the fastest order in V8. */
function network() {
    const W = random((3 + H) * 4 * H, 0.1);
    const b = random(4 * H, 0.1);
    const Wy = random(H * OUT, 0.1);
    const by = random(OUT, 0.1);
    const z = new Float32Array(4 * H);
    const product = (x, W, K, N, out, bias) => {
        out.set(bias);
        for (let k = 0; k < K; k++) {
            const factor = x[k];
            for (let n = 0, at = k * N; n < N; n++, at++) out[n] += factor * W[at];
        }
    };
    const logistic = (v) => 1 / (1 + Math.exp(-v));
    return (xh, c, out) => {
        product(xh, W, 3 + H, 4 * H, z, b);
        for (let j = 0; j < H; j++) {
            c[j] = c[j] * logistic(z[2 * H + j] + 1) + Math.tanh(z[H + j]) * logistic(z[j]);
            xh[3 + j] = Math.tanh(c[j]) * logistic(z[3 * H + j]);
        }
        product(xh.subarray(3), Wy, H, OUT, out, by);
    };
}

function steps(pens) {
    const step = network();
    const rows = Array.from({ length: pens }, () => [random(3 + H, 1), random(H, 1), new Float32Array(OUT)]);
    return () => rows.forEach((row) => step(...row));
}

/** Exact t-SNE on a line, a thousand iterations; every pair is computed once. */
function tsne() {
    const n = POINTS;
    const P = new Float64Array(n * n).fill(1 / (n * (n - 1)));
    const [y, velocity, gain, pull, push] = Array.from({ length: 5 }, () => new Float64Array(n));
    return () => {
        y.forEach((_, i) => (y[i] = Math.random() * 1e-4));
        velocity.fill(0);
        gain.fill(1);
        for (let done = 0; done < ITERATIONS; done++) {
            const exaggeration = done < 100 ? 4 : 1;
            let normaliser = 0;
            pull.fill(0);
            push.fill(0);
            for (let i = 0; i < n; i++)
                for (let j = i + 1; j < n; j++) {
                    const d = y[i] - y[j];
                    const q = 1 / (1 + d * d);
                    const a = P[i * n + j] * q * d;
                    const r = q * q * d;
                    normaliser += 2 * q;
                    pull[i] += a;
                    pull[j] -= a;
                    push[i] += r;
                    push[j] -= r;
                }
            let sum = 0;
            for (let i = 0; i < n; i++) {
                const gradient = 4 * (exaggeration * pull[i] - push[i] / normaliser);
                gain[i] = Math.max(0.01, Math.sign(gradient) === Math.sign(velocity[i]) ? gain[i] * 0.8 : gain[i] + 0.2);
                velocity[i] = (done < 250 ? 0.5 : 0.8) * velocity[i] - 10 * gain[i] * gradient;
                sum += y[i] += velocity[i];
            }
            for (let i = 0; i < n; i++) y[i] -= sum / n;
        }
    };
}

const work = { "plain JavaScript": { step: steps(1), "step of 50": steps(50), "t-SNE": tsne() } };

/** The browser's limits, from the bytes of limits.c. limits.py has the number of operations in a call. */
export async function limits(bytes) {
    const { exports } = (await WebAssembly.instantiate(new Uint8Array(bytes))).instance;
    work.limit = {
        "multiply-adds": () => exports.multiply_adds(10_000, 0.5, 1.5),
        tangents: () => exports.tangents(10_000, 0.99),
        pairs: () => exports.pairs(50_000, 0.001, 0.5),
        reading: () => exports.reading(1),
    };
}

/** The network as an ONNX model, in onnxruntime-web from this folder, on one thread like all others. */
export async function onnx(folder) {
    const ort = await import(`${folder}ort.wasm.min.mjs`);
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = folder;
    const session = await ort.InferenceSession.create(`${folder}step.onnx`, { executionProviders: ["wasm"] });
    const run = (pens) => {
        const inputs = {
            x: new ort.Tensor("float32", random(3 * pens, 1), [pens, 3]),
            h: new ort.Tensor("float32", random(H * pens, 1), [pens, H]),
            c: new ort.Tensor("float32", random(H * pens, 1), [pens, H]),
        };
        return () => session.run(inputs);
    };
    work["onnxruntime-web"] = { step: run(1), "step of 50": run(50) };
}

/** Milliseconds a call, over at least `least` ms. */
export async function measure(contender, workload, least) {
    const call = work[contender][workload];
    await call();
    const started = performance.now();
    let calls = 0;
    do {
        await call();
        calls++;
    } while (performance.now() - started < least);
    return (performance.now() - started) / calls;
}
