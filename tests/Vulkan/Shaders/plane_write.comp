#version 450
// Writes to an image of another format than the one declared.
layout(local_size_x = 4) in;
layout(set = 0, binding = 0, rgba8) uniform writeonly image2D target;
void main() {
    imageStore(target, ivec2(gl_GlobalInvocationID.xy), vec4(gl_GlobalInvocationID.x + 1, 51, 0, 255) / 255.0);
}
