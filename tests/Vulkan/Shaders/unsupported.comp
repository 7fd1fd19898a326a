#version 450
#extension GL_EXT_shader_image_int64 : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
layout(local_size_x = 8, local_size_y = 8) in;
layout(r64ui, binding = 0) uniform writeonly u64image2D target;
void main() {
    imageStore(target, ivec2(gl_GlobalInvocationID.xy), u64vec4(1));
}
