#version 450
layout(local_size_x=64) in;
layout(set=0,binding=0) buffer A { uint a[]; };
layout(set=0,binding=1) buffer B { float b[]; };

layout(set=0,binding=2,std140) uniform U { mat4 m; mat3x2 n[3]; vec3 v; layout(row_major) mat3 rm; float arr[5]; } u; layout(push_constant) uniform P { vec4 c; mat2 q; } p; void main(){ uint i=gl_GlobalInvocationID.x; vec4 v=u.m*vec4(b[i])*u.m+p.c; mat4 t=transpose(u.m)*u.m; mat3 iv=inverse(u.rm); b[i]=v.x+(u.n[1]*u.v).x+determinant(t)+iv[i%3][1]+u.arr[i%5]+outerProduct(v,v)[1][2]+p.q[0].y; }
