#version 450
layout(local_size_x = 64) in;
layout(std430, binding = 0) readonly buffer A { int a[]; };
layout(std430, binding = 1) readonly buffer B { int b[]; };
layout(std430, binding = 2) writeonly buffer Quotients { ivec4 quotients[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    quotients[i] = ivec4(a[i] / b[i], a[i] % b[i], int(uint(a[i]) / uint(b[i])), int(uint(a[i]) % uint(b[i])));
}
