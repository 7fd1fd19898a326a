#version 450
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_buffer_reference2 : require
#extension GL_EXT_buffer_reference_uvec2 : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
layout(local_size_x=64) in;
layout(buffer_reference) buffer Node; layout(buffer_reference, std430, buffer_reference_align=16) buffer Node { Node next; float v; vec4 q[]; }; layout(buffer_reference, std430) buffer F { float f[]; }; layout(push_constant) uniform P { Node n; F f; uint64_t raw; uvec2 two; } p; void main(){ Node n=p.n; for(int i=0;i<3;i++){ n=n.next; } p.f.f[gl_GlobalInvocationID.x]=n.v+n.q[1].x; F g=F(p.raw); g.f[0]=1.0;  F h=F(p.two); h.f[1]=3; uint64_t z=uint64_t(g); p.f.f[1]=float(z); }
