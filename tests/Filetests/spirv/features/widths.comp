#version 450
#extension GL_EXT_shader_explicit_arithmetic_types : require
#extension GL_EXT_shader_8bit_storage : require
#extension GL_EXT_shader_16bit_storage : require
layout(local_size_x=64) in;
layout(set=0,binding=0) buffer A { uint8_t a[]; }; layout(set=0,binding=1) buffer B { uint16_t b[]; }; layout(set=0,binding=2) buffer C { uint64_t c[]; }; layout(set=0,binding=3) buffer D { float16_t h[]; }; layout(set=0,binding=4) buffer E { double d[]; }; void main(){ uint i=gl_GlobalInvocationID.x; a[i]+=uint8_t(3); b[i]=uint16_t(a[i])*b[i]; c[i]=c[i]*c[i+1]+uint64_t(b[i]); h[i]=h[i]*float16_t(2); d[i]=sqrt(d[i]); i8vec4 x=i8vec4(1); a[i]=uint8_t(x.x); }
