#version 450
#extension GL_EXT_buffer_reference : require
// Stores through an address that the application made up.
layout(local_size_x = 64) in;
layout(buffer_reference, std430) buffer Target { uint value; };
layout(std430, binding = 0) buffer Data { uint data[]; };
layout(push_constant) uniform Arguments { Target target; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    data[i] = i;
    if (i == 42u)
        target.value = 0xC0FFEEu;
}
