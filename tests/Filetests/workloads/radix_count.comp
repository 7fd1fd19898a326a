#version 450
// How often each digit of four bits occurs in each block of 256 keys.
layout(local_size_x = 256) in;
layout(push_constant) uniform P { uint shift; } p;
layout(std430, binding = 0) readonly buffer S { uint src[]; };
layout(std430, binding = 1) writeonly buffer C { uint counts[]; };
shared uint bins[16];
void main() {
    uint t = gl_LocalInvocationID.x;
    if (t < 16)
        bins[t] = 0;
    barrier();
    atomicAdd(bins[(src[gl_GlobalInvocationID.x] >> p.shift) & 15], 1);
    barrier();
    if (t < 16)
        counts[t * gl_NumWorkGroups.x + gl_WorkGroupID.x] = bins[t];
}
