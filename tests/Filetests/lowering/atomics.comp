// test: run groups=2,1,1
// Every 32-bit atomic, on a buffer and on workgroup memory.
// buffer 0 0 u32: 0 0 4294967295 0 4294967295 0 0 1000 5 0 0 0 0 0
#version 450
layout(local_size_x = 32) in;
layout(std430, binding = 0) buffer O { uint sum; uint sub; uint umin; uint umax; uint a; uint o; uint x; int smin; uint swap; int smax; uint hits; uint shared_sum; uint shared_max; uint order; };
shared uint s[2];
shared struct { bool seen; uint count; } box;
void main() {
    uint i = gl_GlobalInvocationID.x;
    if (gl_LocalInvocationID.x == 0u) { s[0] = 0u; box.seen = false; box.count = 1u; }
    barrier();
    atomicAdd(sum, i);
    atomicAdd(sub, uint(-1));
    atomicMin(umin, i + 3u);
    atomicMax(umax, i);
    atomicAnd(a, ~(1u << (i & 31u)));
    atomicOr(o, 1u << (i & 15u));
    atomicXor(x, i);
    atomicMin(smin, int(i) - 40);
    atomicMax(smax, int(i) - 100);
    atomicCompSwap(swap, 5u, 6u);
    if (atomicExchange(order, i) < 64u) atomicAdd(hits, 1u);
    atomicAdd(s[0], i);
    atomicMax(s[1], i);
    if (i % 32u == 7u) { box.seen = true; box.count += 4u; }
    barrier();
    if (gl_LocalInvocationID.x == 1u) {
        atomicAdd(shared_sum, s[0] + box.count);
        if (box.seen) atomicMax(shared_max, s[1]);
    }
}
// expect:
// finished
// buffer 0 0 u32: 2016 4294967232 3 63 0 65535 0 4294967256 6 0 64 2026 63 63
// end
