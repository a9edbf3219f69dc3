import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { decode, encode } from "../../js-shims/io/link_codec.js";

const DAMAGED = /it is damaged/;
const digitsOf = (text) => deflateSync(text).toString("base64url");

test("a text comes back, in the digits of zlib and base64url", async () => {
    const squares = Array.from({ length: 4000 }, (_, i) => i * i);
    for (const text of ["", "a", "éü".repeat(50), JSON.stringify(squares)]) {
        const digits = await encode(text);
        assert.match(digits, /^[\w-]+$/);
        assert.equal(await decode(digits, 1e6), text);
        assert.equal(await decode(digitsOf(text), 1e6), text);
    }
});

test("digits of which one is lost or changed are damaged, or say the same", async () => {
    const text = "[3,-2,40,7,52]";
    const digits = await encode(text);
    const check = async (changed) => {
        try {
            assert.equal(await decode(changed, 1e6), text); // a bit that only fills up the last byte
        } catch (error) {
            assert.match(error.message, DAMAGED);
        }
    };
    for (let i = 0; i < digits.length; i++) {
        await assert.rejects(decode(digits.slice(0, i), 1e6), DAMAGED);
        await check(digits.slice(0, i) + digits.slice(i + 1));
        await check(digits.slice(0, i) + (digits[i] === "A" ? "B" : "A") + digits.slice(i + 1));
    }
    await assert.rejects(decode("not base64!", 1e6), DAMAGED);
    await assert.rejects(decode(Buffer.from(deflateSync(Buffer.from([0xff]))).toString("base64url"), 1e6), DAMAGED);
});

test("a text of more bytes than allowed is refused before all of it is there", async () => {
    await assert.rejects(decode(digitsOf("a".repeat(1001)), 1000), /it holds more than 1000 bytes/);
    assert.equal((await decode(digitsOf("a".repeat(1000)), 1000)).length, 1000);
    const bomb = digitsOf(" ".repeat(100_000_000));
    await assert.rejects(decode(bomb, 100_000), /it holds more than 100000 bytes/);
});
