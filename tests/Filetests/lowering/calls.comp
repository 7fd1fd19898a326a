// test: run
// Functions with out and inout parameters, pointers to parts of variables, globals, nested calls in loops and conditions.
// buffer 0 0 u32: zero*8
#version 450
layout(local_size_x = 4) in;
layout(std430, binding = 0) buffer O { uint r[]; };
uint counter = 5u;
struct T { uvec3 v; uint w[2]; };
void swap(inout uint a, inout uint b) { uint t = a; a = b; b = t; }
uint next() { return ++counter; }
void set(out T t, uint x) { t.v = uvec3(x, x + 1u, x + 2u); t.w[0] = x * 10u; t.w[1] = x * 100u; }
bool even(uint x) { if (x % 2u == 0u) return true; return false; }
uint sum(T t) { return t.v.x + t.v.y + t.v.z + t.w[0] + t.w[1]; }
void main() {
    uint i = gl_LocalInvocationID.x;
    T t;
    set(t, i);
    swap(t.v.x, t.w[1]);
    while (next() < 9u && !even(counter + i)) t.v.y += 1000u;
    r[i] = sum(t) + 10000000u * counter;
    uint a = 1u, b = 2u;
    if (even(i)) swap(a, b);
    r[4u + i] = a * 10u + b;
}
// expect:
// finished
// buffer 0 0 u32: 60000003 70001116 60000229 70001342 21 12 21 12
// end
