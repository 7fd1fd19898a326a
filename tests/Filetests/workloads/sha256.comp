#version 450
// One block per invocation.
layout(local_size_x = 64) in;
layout(std430, binding = 0) readonly buffer S { uint src[]; };
layout(std430, binding = 1) readonly buffer K { uint k[64]; };
layout(std430, binding = 2) writeonly buffer D { uint dst[]; };
uint rotate(uint x, int n) { return (x >> n) | (x << (32 - n)); }
void main() {
    uint i = gl_GlobalInvocationID.x;
    uint w[16];
    for (int t = 0; t < 16; t++)
        w[t] = src[i * 16 + t];
    uint a = 0x6a09e667u, b = 0xbb67ae85u, c = 0x3c6ef372u, d = 0xa54ff53au;
    uint e = 0x510e527fu, f = 0x9b05688cu, g = 0x1f83d9abu, h = 0x5be0cd19u;
    for (int t = 0; t < 64; t++) {
        uint x = w[t & 15];
        if (t >= 16) {
            uint y = w[(t + 1) & 15], z = w[(t + 14) & 15];
            x += (rotate(y, 7) ^ rotate(y, 18) ^ (y >> 3)) + w[(t + 9) & 15] + (rotate(z, 17) ^ rotate(z, 19) ^ (z >> 10));
            w[t & 15] = x;
        }
        uint t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + k[t] + x;
        uint t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g; g = f; f = e; e = d + t1; d = c; c = b; b = a; a = t1 + t2;
    }
    dst[i * 8] = a + 0x6a09e667u;
    dst[i * 8 + 1] = b + 0xbb67ae85u;
    dst[i * 8 + 2] = c + 0x3c6ef372u;
    dst[i * 8 + 3] = d + 0xa54ff53au;
    dst[i * 8 + 4] = e + 0x510e527fu;
    dst[i * 8 + 5] = f + 0x9b05688cu;
    dst[i * 8 + 6] = g + 0x1f83d9abu;
    dst[i * 8 + 7] = h + 0x5be0cd19u;
}
