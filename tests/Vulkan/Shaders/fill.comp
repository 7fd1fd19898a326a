#version 450
layout(local_size_x = 64) in;
layout(std430, binding = 0) buffer Data { uint data[]; };
layout(push_constant) uniform Arguments { uint value; uint count; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i < count)
        data[i] = value + i;
}
