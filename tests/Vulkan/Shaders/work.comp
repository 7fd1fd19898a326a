#version 450
// Takes as long as it is told to.
layout(local_size_x = 64) in;
layout(std430, binding = 0) buffer Data { uint data[]; };
layout(push_constant) uniform Arguments { uint rounds; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    uint x = i;
    for (uint k = 0u; k < rounds; k++)
        x = (x ^ (x >> 13)) * 1664525u + 1013904223u;
    data[i] = x;
}
