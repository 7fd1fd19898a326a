#version 450
layout(local_size_x=64) in;
layout(set=0,binding=0) buffer A { uint a[]; };
layout(set=0,binding=1) buffer B { float b[]; };

struct T{ vec2 p; float q[3]; }; layout(set=1,binding=0,std430) readonly buffer R { T t[]; } r; layout(set=1,binding=1,std140) uniform U { T t[3]; } u; const float lut[5]=float[](1,2,3,4,5); float priv; void main(){ uint i=gl_GlobalInvocationID.x; T x=r.t[i]; T y=u.t[i%3]; float z[2][3]; for(int k=0;k<2;k++) for(int j=0;j<3;j++) z[k][j]=lut[(k+j)%5]; priv=x.q[i%3]; T w[2]; w[0]=x; w[1]=y; b[i]=x.p.x+y.q[1]+z[i%2][i%3]+priv+w[i%2].p.y; bool c=x.q==y.q; if(c) b[i]=0; if(x==y) b[i]=1; }
