#version 450
// Counts until somebody stores to data[0], and nobody does.
layout(local_size_x = 64) in;
layout(std430, binding = 0) buffer Data { uint data[]; };
void main() {
    uint i = gl_GlobalInvocationID.x + 1u;
    while (data[0] == 0u)
        data[i] += 1u;
}
