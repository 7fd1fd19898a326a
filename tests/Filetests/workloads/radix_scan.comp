#version 450
// Exclusive scan of all counts by one workgroup.
layout(local_size_x = 256) in;
layout(push_constant) uniform P { uint n; } p;
layout(std430, binding = 0) buffer C { uint counts[]; };
shared uint sums[256];
void main() {
    uint t = gl_LocalInvocationID.x, each = (p.n + 255) / 256;
    uint from = min(t * each, p.n), to = min(from + each, p.n), sum = 0;
    for (uint i = from; i < to; i++)
        sum += counts[i];
    sums[t] = sum;
    barrier();
    for (uint d = 1; d < 256; d <<= 1) {
        uint v = t >= d ? sums[t - d] : 0;
        barrier();
        sums[t] += v;
        barrier();
    }
    sum = t > 0 ? sums[t - 1] : 0;
    for (uint i = from; i < to; i++) {
        uint v = counts[i];
        counts[i] = sum;
        sum += v;
    }
}
