#version 450
// Each texel of a 3D image says where it is, and how many slices the image has.
layout(local_size_x = 4, local_size_y = 2, local_size_z = 2) in;
layout(rgba8, binding = 0) uniform writeonly image3D target;
void main() {
    ivec3 p = ivec3(gl_GlobalInvocationID);
    imageStore(target, p, vec4(p + 1, imageSize(target).z) / 255.0);
}
