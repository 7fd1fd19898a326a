#version 450
// Seven taps along rows, from a tile of workgroup memory.
layout(local_size_x = 128) in;
layout(push_constant) uniform P { int width; float w0, w1, w2, w3; } p;
layout(std430, binding = 0) readonly buffer S { float src[]; };
layout(std430, binding = 1) writeonly buffer D { float dst[]; };
shared float line[134];
void main() {
    int t = int(gl_LocalInvocationID.x), x = int(gl_GlobalInvocationID.x), row = int(gl_WorkGroupID.y) * p.width;
    line[t + 3] = src[row + x];
    if (t < 3) {
        line[t] = src[row + max(x - 3, 0)];
        line[t + 131] = src[row + min(x + 128, p.width - 1)];
    }
    barrier();
    dst[row + x] = line[t + 3] * p.w0 + (line[t + 2] + line[t + 4]) * p.w1 + (line[t + 1] + line[t + 5]) * p.w2
        + (line[t] + line[t + 6]) * p.w3;
}
