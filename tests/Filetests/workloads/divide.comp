#version 450
// Places in a tensor of four dimensions from a flat index, as copies of permuted tensors compute them.
layout(local_size_x = 256) in;
layout(push_constant) uniform P { uint n, d0, d1, d2, s0, s1, s2, s3; } p;
layout(std430, binding = 0) readonly buffer S { float src[]; };
layout(std430, binding = 1) writeonly buffer D { float dst[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i >= p.n)
        return;
    uint i3 = i / (p.d0 * p.d1 * p.d2), r3 = i % (p.d0 * p.d1 * p.d2);
    uint i2 = r3 / (p.d0 * p.d1), r2 = r3 % (p.d0 * p.d1);
    uint i1 = r2 / p.d0, i0 = r2 % p.d0;
    dst[i] = src[i0 * p.s0 + i1 * p.s1 + i2 * p.s2 + i3 * p.s3];
}
