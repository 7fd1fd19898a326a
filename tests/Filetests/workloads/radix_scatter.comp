#version 450
// Sorts a block by its digit, a bit at a time, and writes the keys where they belong.
layout(local_size_x = 256) in;
layout(push_constant) uniform P { uint shift; } p;
layout(std430, binding = 0) readonly buffer S { uint src[]; };
layout(std430, binding = 1) readonly buffer C { uint places[]; };
layout(std430, binding = 2) writeonly buffer D { uint dst[]; };
shared uint keys[256];
shared uint ones[256];
shared uint starts[16];
void main() {
    uint t = gl_LocalInvocationID.x;
    uint key = src[gl_GlobalInvocationID.x];
    for (uint b = 0; b < 4; b++) {
        uint bit = (key >> (p.shift + b)) & 1;
        ones[t] = bit;
        barrier();
        for (uint d = 1; d < 256; d <<= 1) {
            uint v = t >= d ? ones[t - d] : 0;
            barrier();
            ones[t] += v;
            barrier();
        }
        uint zeros = 256 - ones[255];
        uint place = bit == 1 ? zeros + ones[t] - 1 : t - ones[t];
        keys[place] = key;
        barrier();
        key = keys[t];
        barrier();
    }
    uint digit = (key >> p.shift) & 15;
    if (t == 0 || ((keys[t - 1] >> p.shift) & 15) != digit)
        starts[digit] = t;
    barrier();
    dst[places[digit * gl_NumWorkGroups.x + gl_WorkGroupID.x] + t - starts[digit]] = key;
}
