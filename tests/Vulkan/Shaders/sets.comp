#version 450
// An array of buffers in one set, a uniform buffer and the result in another.
layout(local_size_x = 32) in;
layout(std430, set = 0, binding = 1) readonly buffer Input { uint v[]; } inputs[4];
layout(std140, set = 2, binding = 0) uniform Factors { uint factor; uvec4 more[2]; };
layout(std430, set = 2, binding = 7) writeonly buffer Result { uint result[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    uint sum = inputs[0].v[i] + 2u * inputs[1].v[i] + 3u * inputs[2].v[i] + 4u * inputs[3].v[i];
    result[i] = sum * factor + more[1].z;
}
