#version 450
// The last workgroup writes behind the end of the buffer.
layout(local_size_x = 64) in;
layout(std430, binding = 0) buffer Data { uint data[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    data[i + 16u] = i;
}
