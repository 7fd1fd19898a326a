#version 450
#extension GL_ARB_shader_clock : require
layout(local_size_x = 8) in;
layout(std430, binding = 0) buffer Out { uvec2 time[]; };
void main() {
    time[gl_GlobalInvocationID.x] = clock2x32ARB();
}
