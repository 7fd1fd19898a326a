#version 450
layout(local_size_x=64) in;
layout(set=0,binding=0) buffer A { uint a[]; };
layout(set=0,binding=1) buffer B { float b[]; };

float f(inout float x, float y){ if(y<0) return x; x+=y; for(int i=0;i<3;i++){ if(x>y) return y; x*=2; } return x; } struct S{ float p; vec3 q; int arr[4]; }; S g(S s, int i){ s.arr[i]=i; s.q.yz=s.q.xy; return s; } void main(){ uint i=gl_GlobalInvocationID.x; S s; s.p=b[i]; s.q=vec3(1); s=g(s,int(i)); b[i]=f(s.p,b[i+1])+s.q.x+s.arr[int(i)&3]; }
