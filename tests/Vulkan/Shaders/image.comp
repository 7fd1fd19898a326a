#version 450
layout(local_size_x = 8, local_size_y = 8) in;
layout(rgba8, binding = 0) uniform writeonly image2D target;
void main() {
    imageStore(target, ivec2(gl_GlobalInvocationID.xy), vec4(1.0));
}
