#version 450
// A complex transform of 256 points per workgroup: four passes of radix 4 (Stockham's order) in workgroup memory.
layout(local_size_x = 64) in;
layout(std430, binding = 0) readonly buffer S { vec2 src[]; };
layout(std430, binding = 1) writeonly buffer D { vec2 dst[]; };
shared vec2 s[256];
vec2 mul(vec2 a, vec2 b) { return vec2(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x); }
void main() {
    uint t = gl_LocalInvocationID.x, first = gl_WorkGroupID.x * 256;
    vec2 v[4];
    for (int k = 0; k < 4; k++)
        v[k] = src[first + t + 64 * k];
    for (uint n = 1; n < 256; n *= 4) {
        float angle = -6.2831853071795864 * float(t % n) / float(n * 4);
        for (int k = 1; k < 4; k++)
            v[k] = mul(v[k], vec2(cos(angle * k), sin(angle * k)));
        vec2 a = v[0] + v[2], b = v[0] - v[2], c = v[1] + v[3], d = v[1] - v[3];
        d = vec2(d.y, -d.x);
        uint place = (t / n) * n * 4 + (t % n);
        s[place] = a + c;
        s[place + n] = b + d;
        s[place + 2 * n] = a - c;
        s[place + 3 * n] = b - d;
        barrier();
        for (int k = 0; k < 4; k++)
            v[k] = s[t + 64 * k];
        barrier();
    }
    for (int k = 0; k < 4; k++)
        dst[first + t + 64 * k] = v[k];
}
