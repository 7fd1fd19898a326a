#version 450
// Sorts each block of 1024 keys in workgroup memory.
layout(local_size_x = 512) in;
layout(std430, binding = 0) readonly buffer S { uint src[]; };
layout(std430, binding = 1) writeonly buffer D { uint dst[]; };
shared uint keys[1024];
void main() {
    uint t = gl_LocalInvocationID.x, first = gl_WorkGroupID.x * 1024;
    keys[t] = src[first + t];
    keys[t + 512] = src[first + t + 512];
    barrier();
    for (uint k = 2; k <= 1024; k <<= 1) {
        for (uint j = k >> 1; j > 0; j >>= 1) {
            uint i = 2 * t - (t & (j - 1));
            uint a = keys[i], b = keys[i + j];
            if ((a > b) == ((i & k) == 0)) {
                keys[i] = b;
                keys[i + j] = a;
            }
            barrier();
        }
    }
    dst[first + t] = keys[t];
    dst[first + t + 512] = keys[t + 512];
}
