#version 450
// A table of 256 words, a byte at a time; 64 bytes per invocation.
layout(local_size_x = 64) in;
layout(std430, binding = 0) readonly buffer T { uint table[256]; };
layout(std430, binding = 1) readonly buffer S { uvec4 src[]; };
layout(std430, binding = 2) writeonly buffer D { uint dst[]; };
void main() {
    uint i = gl_GlobalInvocationID.x, crc = 0xFFFFFFFFu;
    for (uint k = 0; k < 4; k++) {
        uvec4 v = src[i * 4 + k];
        for (int c = 0; c < 4; c++) {
            uint word = v[c];
            for (int b = 0; b < 4; b++) {
                crc = table[(crc ^ word) & 255] ^ (crc >> 8);
                word >>= 8;
            }
        }
    }
    dst[i] = ~crc;
}
