#version 450
// data[i] is 0 for one of the invocations.
layout(local_size_x = 64) in;
layout(std430, binding = 0) buffer Data { uint data[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    data[i] = 1000u / data[i];
}
